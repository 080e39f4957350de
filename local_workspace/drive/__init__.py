"""Google Drive v3: files, who may see them, search, export and change tokens."""
