package dataset

// FileKeys are the structs that a card is decoded into, by name: its JSON
// Schema is made from them. A `schema` tag gives what a field's type does not
// tell: "name" is a schema of that name, "{name}" a mapping of such.
func FileKeys() map[string]any {
	return map[string]any{
		"dataset": cardKeys{}, "long_column": columnKeys{}, "long_time": timeKeys{},
		"split_time": splitTime{}, "split_column": splitColumn{}, "split_hash": splitHash{},
		"review": reviewFile{}, "reviewed": reviewedKeys{}, "regression": regressionFile{}, "broke": brokeKeys{},
	}
}
