package broker

import "testing"

func TestAFilterMatchesLevelByLevel(t *testing.T) {
	for _, tt := range []struct {
		filter, topic string
		want          bool
	}{
		{"a/b", "a/b", true}, {"a/b", "a/c", false}, {"a/b", "a/b/c", false}, {"a/b/c", "a/b", false},
		{"a/+", "a/b", true}, {"a/+", "a", false}, {"a/+", "a/b/c", false}, {"+", "a", true}, {"+", "/a", false}, {"+/+", "/a", true},
		{"#", "a/b", true}, {"a/#", "a/b/c", true}, {"a/#", "a", true}, {"a/#", "b", false}, {"a/+/#", "a/b", true},
		{"#", "$a/b", false}, {"+/b", "$a/b", false}, {"+", "$a", false}, {"$a/#", "$a/b", true}, {"$a/+", "$a/b", true},
		{"$a", "$a", true}, {"/+", "/$a", true}, {"a/+", "a/$b", true}, {"a", "$a", false},
		{"/a", "/a", true}, {"/a", "a", false}, {"a/", "a/", true}, {"a/", "a", false}, {"", "", true},
	} {
		if got := matches(tt.filter, tt.topic); got != tt.want {
			t.Errorf("matches(%q, %q) = %v", tt.filter, tt.topic, got)
		}
	}
}
