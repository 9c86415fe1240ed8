# The commands a contributor types. `make check` is what CI runs.
.PHONY: check test lint fmt bench

check:
	.ci/run

test:
	go test ./...

lint:
	go tool -modfile=tools/go.mod golangci-lint run ./...

fmt:
	go tool -modfile=tools/go.mod gofumpt -w -extra .

bench:
	go run ./internal/ratios
	go test -run '^$$' -bench . -benchmem ./...
