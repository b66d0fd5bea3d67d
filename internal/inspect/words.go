package inspect

import (
	"slices"
	"strings"
	"unicode"
)

// The words that column names are made of tell what people use a column for.
var (
	labelWords = map[string]int{
		"label": 100, "target": 100, "gold": 90, "truth": 90, "correct": 90, "expected": 90,
		"intent": 80, "class": 80, "category": 80, "queue": 80, "decision": 80, "outcome": 80, "verdict": 80,
		"topic": 70, "department": 70, "route": 70, "disposition": 70, "approved": 60, "fraud": 60, "churn": 60,
		"type": 40, "kind": 40, "status": 40, "state": 30, "result": 40, "resolution": 40, "action": 40, "priority": 40, "severity": 40, "y": 40,
	}
	// toolWords mark what another tool answered.
	toolWords = []string{"predicted", "prediction", "predictions", "pred", "model", "bot", "score", "confidence", "prob", "probability", "guess", "guessed", "suggested", "suggestion"}
	// besideWords mark what is said about a label, and is none.
	besideWords = []string{"status", "source", "reason", "count", "comment", "note", "date", "time", "version", "quality"}
	personWords = []string{"clerk", "agent", "person", "human", "reviewer", "operator", "handler", "analyst", "adjuster", "annotator", "assessor", "officer", "staff", "employee", "caseworker", "underwriter", "examiner"}
	minuteWords = []string{"minutes", "mins"}
	// afterWords mark what is known only once a case was worked on.
	afterWords = []string{
		"closed", "closing", "paid", "resolved", "resolution", "resolver", "final", "finished", "completed", "completion", "settled", "settlement",
		"end", "ended", "updated", "modified", "approved", "rejected", "decided", "decision", "verdict", "outcome", "result", "label", "gold", "truth",
		"corrected", "status", "refunded", "escalated", "handled", "handling", "duration", "elapsed", "minutes", "feedback", "csat", "rating",
		"satisfaction", "survey", "reply", "response", "answer", "answered", "archived", "cancelled", "canceled", "shipped", "delivered", "reopened", "reviewed",
	}
	// plannedWords mark times that lie ahead and are known all the same.
	plannedWords  = []string{"due", "deadline", "expiry", "expires", "valid", "until", "planned", "scheduled", "appointment", "requested", "wanted", "promised", "birth", "dob"}
	timeWords     = []string{"received", "created", "opened", "submitted", "reported", "filed", "arrived", "registered", "start", "started", "timestamp", "datetime", "time", "date", "at", "on"}
	clusterWords  = []string{"customer", "client", "vendor", "supplier", "account", "user", "patient", "member", "merchant", "company", "household", "sender", "requester", "session", "conversation", "case", "task", "ticket"}
	idWords       = []string{"id", "uuid", "guid", "key", "no", "nr", "number", "num", "ref", "reference", "code"}
	splitWords    = []string{"split", "fold", "set", "subset", "partition"}
	personalWords = []string{"email", "phone", "mobile", "telephone", "iban", "ssn", "birth", "birthday", "dob", "address", "street", "surname", "firstname", "lastname", "passport", "name"}
)

// splitNames are the names that people give to parts of a dataset.
var splitNames = map[string]string{
	"train": "train", "training": "train", "fit": "train", "calibration": "calibration", "cal": "calibration", "calib": "calibration",
	"dev": "dev", "val": "dev", "valid": "dev", "validation": "dev", "development": "dev", "test": "test", "testing": "test", "holdout": "test", "held_out": "test",
}

// words are the words of a name in small letters: "Ticket No." and "ticketNo"
// are both ticket and no.
func words(name string) []string {
	var out []string
	var word []rune
	flush := func() {
		if len(word) > 0 {
			out = append(out, strings.ToLower(string(word)))
			word = nil
		}
	}
	for _, r := range name {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			flush()
			continue
		case unicode.IsUpper(r) && len(word) > 0 && unicode.IsLower(word[len(word)-1]):
			flush()
		}
		word = append(word, r)
	}
	flush()
	return out
}

// has gives the first word of a name that is in a list.
func has(name string, list []string) (string, bool) {
	for _, w := range words(name) {
		if slices.Contains(list, w) {
			return w, true
		}
	}
	return "", false
}
