# What is done by hand and not by go test: building, which is also what the README's first line tries jail with, and measuring.
.PHONY: jail bench
jail:
	CGO_ENABLED=0 go build ./cmd/jail
bench:
	go run ./integration/bench -peers -docs
