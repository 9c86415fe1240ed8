//go:build !race

package onebot_test

// raceEnabled: see race_on_test.go.
const raceEnabled = false
