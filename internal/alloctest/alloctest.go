// Package alloctest counts allocations for tests.
package alloctest

import "testing"

// tries is how often something is counted at most.
const tries = 100

// Fewest gives how many allocations one call of f needs: the smallest count of several, as goroutines that earlier tests have left
// behind can only add to it. It stops counting as soon as the number is not above enough. Tests that run beside each other must not
// call it.
func Fewest(enough float64, f func()) float64 {
	fewest := testing.AllocsPerRun(3, f)
	for range tries {
		if fewest <= enough {
			break
		}
		fewest = min(fewest, testing.AllocsPerRun(3, f))
	}
	return fewest
}
