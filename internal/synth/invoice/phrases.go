package invoice

import (
	_ "embed"

	"github.com/rehearse-dev/rehearse/internal/synth"
)

//go:embed phrases.txt
var phraseText string

// phrases maps "kind language" to the ways of saying it.
var phrases = synth.Phrases(phraseText)

// purchasers are the people who may order and agree on the company's behalf.
var purchasers = []string{"Fr. Keller", "Hr. Brandt", "Ms Okafor", "Mr Lindqvist", "S. Yilmaz", "J. Petersen", "Fr. Dr. Thoma", "M. Nowak"}
