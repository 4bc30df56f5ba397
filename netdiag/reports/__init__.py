"""Shows results: one document, one file per format; a format sees the document only, never packets or tables."""
