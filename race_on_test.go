//go:build race

package onebot_test

// raceEnabled: memory is not measured under the race detector, which needs several times as much.
const raceEnabled = true
