"""What a paper says, as data, and what a cohort says of it."""
