"""What held-out rows say about vectors."""
