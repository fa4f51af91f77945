"""What a reader sees: the report, its figures, the workbook."""
