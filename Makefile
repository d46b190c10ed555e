# What is done by hand and not by go test: measuring.
.PHONY: bench
bench:
	go run ./integration/bench -peers -docs
