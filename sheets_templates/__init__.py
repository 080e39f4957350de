"""The workbook, declared: each tab and each column with its owner. Read README.md beside this file."""
