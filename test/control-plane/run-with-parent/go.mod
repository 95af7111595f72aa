module hostport/run-with-parent

go 1.24
