// Package wire reads and writes the JSON of OneBot frames: one strict pass over a frame, no reflection, strings that are
// substrings of the one copy of it.
//
// [Lexer] is the reader every decoder of this module is written with. It accepts what encoding/json accepts, to the same
// depth, and gives the same strings (U+FFFD for invalid UTF-8 and lone surrogates). [ScanHead] finds what routes a frame
// without decoding it. The Append functions write; they know nothing of OneBot.
package wire
