// Package model holds a test that drives a client and the fake server at random and compares what happens with what a model
// allows. It has no code of its own besides the test; RELIABILITY.md tells what it checks, and how to run it for hours.
package model
