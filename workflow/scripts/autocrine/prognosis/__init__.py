"""What is measured in a first sample, tested against what became of the patients later."""
