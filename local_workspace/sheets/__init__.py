"""Google Sheets v4: a typed grid, its formulas, and the API that reads and changes them."""
