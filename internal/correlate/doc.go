// Package correlate brings the answers of a connection to the calls that wait for them.
//
// One [Table] belongs to one connection: a call is entered before its request is written, leaves the table on every path,
// and is failed at once when the connection ends. The echoes come from a [Counter] that outlives the connection. There is
// no goroutine and no timer for a call; one timer for the table expires those whose deadline has passed.
package correlate
