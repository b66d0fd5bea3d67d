package scenario

import "github.com/rehearse-dev/rehearse/internal/business"

// FileKeys are the structs that a scenario file is decoded into, by the names
// that its JSON Schema gives them.
func FileKeys() map[string]any {
	return map[string]any{
		"scenario": scenarioKeys{}, "team": teamKeys{}, "person": memberKeys{}, "shift_end_long": shiftEndKeys{}, "outage": outageKeys{}, "away": awayKeys{},
		"other_work": otherKeys{}, "patience_from": patienceFrom{}, "kind": kindKeys{}, "kind_level": kindLevelKeys{}, "burst": burstKeys{}, "batch_long": batchKeys{}, "distribution": distributionKeys{},
		"service": callKeys{}, "amount_long": business.FileKeys()["amount"],
	}
}
