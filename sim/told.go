package sim

import (
	"fmt"

	"fleetdrill/platform"
	"fleetdrill/scenarios"
	"fleetdrill/sim/device"
)

// told is what loads say that devices of a group do with calls, or nil where they say nothing.
func told(cfg Config, g scenarios.Group, mix *device.Mix) (func(platform.Wire, platform.ID) device.Behaviour, error) {
	loads, does := map[int]*scenarios.Load{}, map[*scenarios.Arrivals]device.Behaviour{}
	for i := range cfg.Scenario.Load {
		l := &cfg.Scenario.Load[i]
		if l.To != g.Name {
			continue
		}
		for j := range l.Arrivals {
			a := &l.Arrivals[j]
			if a.Does == nil {
				continue
			}
			b, err := mix.Beside(*a.Does)
			if err != nil {
				return nil, fmt.Errorf("load %s: %w", l.Name, err)
			}
			loads[i], does[a] = l, b
		}
	}
	if len(does) == 0 {
		return nil, nil
	}
	if cfg.Target.Tag == nil {
		return nil, fmt.Errorf("group %s: its platform does not tell which call a command comes from (Target.Tag is nil): leave does out of arrivals", g.Name)
	}
	return func(w platform.Wire, id platform.ID) device.Behaviour {
		load, seq, ok := cfg.Ledger.Untag(cfg.Target.Tag(w, id))
		if !ok || loads[load] == nil {
			return nil
		}
		if a := loads[load].Told(seq); a != nil {
			return does[a]
		}
		return nil
	}, nil
}
