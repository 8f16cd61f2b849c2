"""Videos and folders of stills, in and out: the only room that imports av."""
