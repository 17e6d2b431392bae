module service-mirror/test/tools

go 1.26.0
