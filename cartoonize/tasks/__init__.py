"""The steps from episode to video, one file each; they know no command line and no other stage."""
