// Package report turns samples into numbers and numbers into documents.
//
//	r := report.NewRecorder(names)            // Add a Sample for each arrival that is over; Live while it runs
//	r.Close()
//	s := &report.Summary{Loads: r.Loads(), ...}
//	s.Thresholds = append(s.Thresholds, t.Eval(s))
//	s.Judge(report.Circumstances{...})        // verdict and reasons
//	report.WriteText(os.Stdout, s, report.TextOptions{})
//
// A writer is one file with one golden file: WriteText for people, WriteJSON (and ReadSummary) for programs, WriteHDRLog
// for the HdrHistogram tools, WriteTimeline for spreadsheets. Package folder reads back what they left in a folder.
//
// # What each number means
//
// Names are those of summary.json, version Schema. Keys end in their unit: _us are whole microseconds, rounded down, _s
// seconds, per_s a number per second; without a unit they are counts, or shares from 0 to 1 where they are called so.
//
// An arrival is due when the schedule says so; a call is sent when the caller begins to write the request; it is done
// when the caller has the whole answer. The schedule does not wait for answers, so what is slow cannot hide arrivals.
//
//	verdict     pass; fail; or inconclusive, when the run says more about itself than about the platform
//	reasons     why, in words: broken invariants, then doubts, then missed thresholds
//	elapsed_s   the whole run on its clock
//
//	devices
//	  configured  in the scenario
//	  connected   at least once, when the load began
//	  connect_s   from the first attempt until then
//	  bytes_each  heap and stacks of both ends of a device; 0 on the virtual clock, where it is not measured
//
//	loads
//	  arrivals       = ok + device_error + timeout + offline + rejected + broken + dropped, always
//	  span_s         from the first due to the last done; calls done per second of it are the load's rate
//	  ok             done, or accepted by the cache
//	  device_error   the device answered that it failed
//	  timeout        not sent to the device, or sent and not answered, in time
//	  offline        the device is away or was never there
//	  rejected       refused: a limit, an argument, a permission
//	  broken         no well-formed answer from the platform
//	  dropped        never sent, because too many calls were open; it has no latency
//	  codes          the vendor's codes that callers got
//	  causes         why calls were no success, in names that sim/trace explains: each has one cause. Calls that were told
//	                 ok and whose cached command ended otherwise later are among them
//	  latency_us     done - due, for all but dropped
//	  latency_ok_us  done - due, for ok alone
//	  lag_us         sent - due: how late the load generator was
//	  service_us     done - sent: what a closed-loop tool would call latency
//
//	timeouts
//	  fired              commands the platform ended because their time was over, sent or not
//	  overshoot_us       from a command's deadline to the platform's ending of it
//	  late_replies       arrived after their command had ended without one
//	  duplicate_replies  to a command that has had its reply
//	  unknown_replies    with a number that no command has
//	  foreign_replies    with the number of another device's command
//	  garbled_replies    could not be read
//	  owed_replies       answers that devices still owed when the wait for them was cut: the numbers of replies above are
//	                     not final unless this is 0
//	  pending_after      accepted commands without an ending of their own when the run is over: none, or the platform's
//	                     close after their limit had passed; or as many as the platform itself still counts as open, if
//	                     that is more. Anything but 0 is a breach
//	  cut_short          open commands that the close ended before their limit
//
//	cache
//	  filled         cached commands accepted and not refused
//	                 = sent_at_once + drained + expired + taken_back + withdrawn + still_waiting, always
//	  fill_per_s     of those, the ones after the first, by the time from the first to the last
//	  sent_at_once   delivered without having rested in the cache
//	  drained        rested in the cache and were delivered
//	  drain_per_s    delivered after a device's return, by the time from the return to the last of them: one device's pace
//	  expired        their lifetime passed in the cache
//	  taken_back     the platform's close found them in the cache, within their lifetime
//	  withdrawn      cancelled in the cache, or could not be encoded when their turn came
//	  still_waiting  in the cache at the end, and should not be; they are among timeouts.pending_after
//	  rejected       refused because the cache was full
//	  wait_us        from acceptance to delivery, of the drained
//
//	push, where the scenario has an application that states are pushed to
//	  told           changes of state that were to be pushed
//	                 = acknowledged + lost + still_waiting, always
//	  acknowledged   the application answered with 200 in time
//	  lost           tried and not acknowledged, and not tried again; or kept too long, or too much to keep
//	  still_waiting  to be pushed at the end
//	  attempts       pushes that were acknowledged or failed
//	  blocked        how often the application was blocked, after so many failures in a row
//
// Neither rate is made of less than a millisecond: it is 0 then.
//
//	checks      for each invariant the commands it was checked on and those that broke it; push-order counts pushes
//	thresholds  the scenario's expectations and what was measured
//
//	harness, on the wall clock
//	  lag_p99_us       of all loads together
//	  dropped          of all loads together
//	  gc_pause_max_us  during the load
//	  cpu_share        of all cores, during the load
//	  limited          the load generator or its machine was the limit, so the verdict is inconclusive
//	  clamped          durations beyond a histogram's range, counted at its end
//	  wall_s           the whole run
//	  machine          os and architecture, CPU model, cores and GOMAXPROCS, versions of Go and of this program
//
// A set of durations is described by its count, min, mean, p50, p90, p99, p999 and max, all 0 where count is. For calls
// min, mean and max are exact, and a percentile is the upper end of an HdrHistogram bucket with three digits (1 µs to
// 1 h), so at most 0.1% too high; for timeouts.overshoot_us and cache.wait_us all are exact.
//
// # When a run does not count
//
// A run is inconclusive when it was interrupted or cut short, when devices are missing, and when the load generator was
// the limit: arrivals were dropped, the machine was busy, or calls were late. Each load's lag is judged alone. Its p99
// above the limit (harness.max_lag) spoils the run. Its p999 or max above it does so where a threshold is on the same
// quantile of the load's latency, latency_ok or service, or of timeouts.overshoot, because then it may be the lag that
// decides.
//
// # Thresholds
//
// A threshold is a path, one of < <= > >= == !=, and a limit in the path's unit: a duration (250ms), a share (5%), a
// rate (200/s) or a count (100). A percentile of nothing is not met. Nor
// is one on the harness on the virtual clock, where its figures are not measured for it, or one on a number of replies
// that the answers still owed could decide otherwise. Paths are those of Paths:
//
//	LOAD.latency.Q  LOAD.latency_ok.Q  LOAD.lag.Q  LOAD.service.Q     Q: count min mean p50 p90 p99 p999 max
//	LOAD.OUTCOME.count  LOAD.OUTCOME.share                            OUTCOME: ok device_error timeout ... dropped
//	LOAD.code.CODE.count  LOAD.code.CODE.share
//	LOAD.arrivals  LOAD.rate
//	timeouts.fired  timeouts.late_replies ...  timeouts.overshoot.Q
//	cache.filled  cache.fill_per_s ...  cache.wait.Q
//	push.told  push.acknowledged ...
//	devices.configured  devices.connected  devices.connect_s
//	checks.breaches
//	harness.lag_p99  harness.dropped  harness.gc_pause_max  harness.cpu_share
package report
