"""One module per exhibit; its file name is the exhibit's id on every page. `figures_src.exhibit` says what one offers."""
