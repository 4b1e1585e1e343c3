# Of the modules, the initrd has what a test needs.
rm -r "$1"/usr/lib/modules/*
