package llm

// guess estimates the tokens of a call before it is made, from those of the
// calls before.
type guess struct {
	perByte float64 // of the request, input tokens
	out     float64 // output tokens of a call
	seen    bool
}

const (
	firstPerByte = 0.25 // English text has about four bytes a token
	firstOut     = 256
	newWeight    = 0.1 // of the latest call in the moving average
)

func (g *guess) tokens(bytes, maxTokens int) int {
	perByte, out := g.perByte, g.out
	if !g.seen {
		perByte, out = firstPerByte, firstOut
	}
	if maxTokens > 0 {
		out = min(out, float64(maxTokens))
	}
	return max(1, int(perByte*float64(bytes)+out))
}

func (g *guess) learn(bytes int, u Usage) {
	if bytes <= 0 {
		return
	}
	perByte, out := float64(u.In)/float64(bytes), float64(u.Out)
	if !g.seen {
		*g = guess{perByte, out, true}
		return
	}
	g.perByte += newWeight * (perByte - g.perByte)
	g.out += newWeight * (out - g.out)
}
