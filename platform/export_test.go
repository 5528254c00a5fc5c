package platform

// Published lets the device have published so many commands.
func (d *Device) Published(n uint64) { d.count.Store(n) }
