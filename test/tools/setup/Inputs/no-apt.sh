#!/bin/sh
# An apt-get of a machine without sources.
exit 0
