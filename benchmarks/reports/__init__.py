"""What is told of measurements: on the screen, in files, in pictures.  Nothing here measures."""
