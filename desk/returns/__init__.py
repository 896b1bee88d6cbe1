"""The month's sheet as a workbook: written, filled in by departments, returned and compared before anything is stored."""
