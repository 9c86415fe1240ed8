package onebot

// historyWay is how a server addresses a page of history (dialects 1.9).
type historyWay struct {
	bySeq   bool // message_seq is the real sequence, and the page is older than or equal to it
	seqIsID bool // message_seq is the short id, and older has to be asked for
	fixed   int  // the width of the server's windows, which count does not change; 0: it honours count
	// windows: a page is a range of sequences, so that withdrawn messages make it shorter, down to nothing. Elsewhere the
	// server looks further back until it has found as many as were asked for.
	windows bool
	// omits: messages that cannot be shown, such as grey lines without an author, count for a page and are left out of it, so that a
	// page of nothing else is empty.
	omits bool
	// wraps: a window that begins before the first message wraps around. The upper half of an id is the lower half of the
	// sequence there.
	wraps bool
	guess bool // an unknown server: a full page without news is a misunderstanding, not the end
}

func (d Dialect) historyWay() historyWay {
	switch d {
	case NapCat:
		return historyWay{seqIsID: true, omits: true}
	case LLBot:
		return historyWay{bySeq: true}
	case GoCQHTTP:
		return historyWay{bySeq: true, fixed: 20, windows: true}
	case Lagrange:
		return historyWay{windows: true, wraps: true}
	default:
		return historyWay{guess: true}
	}
}

// fit keeps a window of count messages that ends with the message id from reaching before the first one, as far as that can be
// seen: in a chat of more than 65,535 messages a sequence that looks small need not be. There first tells that the window
// could not be fitted; if the message is the first of its chat, the call fails.
func (w historyWay) fit(id MessageID, count int) (fitted int, first bool) {
	n, ok := id.Int64()
	if !w.wraps || !ok {
		return count, false
	}
	switch seq := int(uint32(n) >> 16); { //nolint:gosec // the bits of a signed id
	case seq == 1:
		return count, true
	case seq > 1 && seq < count:
		return seq, false
	}
	return count, false
}
