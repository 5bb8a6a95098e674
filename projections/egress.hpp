#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "handlers/ports/log.hpp"
#include "projections/ports/event_sink.hpp"

/// Publishes the log's history to those outside (architecture 6).
namespace pakashop::model {

struct EgressOptions {
    std::size_t read_bytes_max = 256uz * 1024;  ///< Of one partition before the next one's turn.
    std::size_t events_max = 2'000;             ///< A batch is published when it has so many.
    std::chrono::milliseconds idle{50};         ///< How often the log is asked when nobody says.
    /// How often the place is remembered while it moves: what is read again after a crash.
    std::chrono::milliseconds remember{5'000};
    std::chrono::milliseconds retry_first{100};
    std::chrono::milliseconds retry_last{5'000};
};

enum class EgressHealth {
    starting,
    following,  ///< Reads and publishes.
    log_away,   ///< The log cannot be read; it goes on by itself.
    sink_away,  ///< The brokers do not take events; it goes on by itself.
    stuck,      ///< An event cannot be decoded; it goes on once that is mended.
    halted,     ///< The topics, or the log, are of another history: it has stopped for good.
    stopped
};
constexpr auto enum_names(EgressHealth) {
    return std::array<std::string_view, 7>{
        "starting", "following", "log_away", "sink_away", "stuck", "halted", "stopped"
    };
}

struct EgressStatus {
    EgressHealth health = EgressHealth::starting;
    std::string reason;                 ///< For people; empty while all is well.
    std::uint64_t published = 0;        ///< Events, since the start.
    std::vector<std::uint64_t> places;  ///< By partition: the position behind what is published.
};

/// Publishes every event of every admitted record, in order within a partition, on a thread of its
/// own. Starts where the topics end: what is there is not published again, whatever became of the
/// relay before; what only seemed lost and arrives late is a repeat that its position betrays.
/// One relay at a time for one log and its topics.
class Egress {
public:
    /// The log and the sink outlive the relay.
    Egress(Log& log, EventSink& sink, EgressOptions options = {});
    ~Egress();
    Egress(const Egress&) = delete;
    Egress& operator=(const Egress&) = delete;

    /// Told of each change of health, on the relay's thread. Set before start.
    void on_health(std::function<void(EgressHealth, const std::string& reason)> listener);

    void start();
    /// Ends the thread. A batch under way is given up: the next relay sees what became of it.
    void stop();
    /// The log may have grown. Cheap; from any thread.
    void notify();
    EgressStatus status() const;

private:
    class Loop;
    std::unique_ptr<Loop> loop_;
};

}  // namespace pakashop::model
