#pragma once

#include <deque>
#include <mutex>
#include <utility>
#include <vector>

#include "projections/ports/event_sink.hpp"

namespace pakashop::kit {

/// What goes wrong with a call of the sink, on cue.
enum class SinkFault {
    none,
    away,             ///< Nothing happens, and the answer says so.
    unknown_written,  ///< All of it is there, but the answer is lost.
    partly_written    ///< Of each partition of a topic the first half is there.
};

/// Topics in memory, ended and forgotten like Kafka's; several relays may follow each other.
class MemoryEventSink final : public model::EventSink {
public:
    using Topic = std::pair<std::string, PartitionId>;  ///< Family and partition.

    /// What happens to the next call that has no fault yet; several wait in line.
    void fail_next(SinkFault fault);
    /// Loses the newest events of every topic, as a cluster without enough replicas might.
    void lose_tail(std::size_t count);
    /// Retention takes everything; that something was there is still known.
    void expire();
    /// A family's topic is removed and made again.
    void remove(std::string_view family);
    /// Nobody remembers a place any more.
    void forget_places();

    Result<std::vector<model::SinkPartition>, model::SinkProblem>
    open(std::string_view generation, std::uint32_t partitions) override;
    Result<void, model::SinkProblem> publish(std::span<const model::PublicEvent> events) override;
    Result<void, model::SinkProblem>
    remember(std::string_view generation, std::span<const model::EgressPlace> places) override;
    void interrupt() override {}

    /// Everything that was ever published, by topic, in order.
    std::map<Topic, std::vector<model::PublicEvent>> topics() const;
    std::size_t count() const;
    std::size_t faults_met() const;

private:
    struct Messages {
        std::vector<model::PublicEvent> there;
        bool began = false;
    };

    SinkFault next_fault();

    mutable std::mutex mutex_;
    std::map<Topic, Messages> topics_;
    std::map<PartitionId, model::EgressPlace> places_;
    std::deque<SinkFault> faults_;
    std::size_t met_ = 0;
};

}  // namespace pakashop::kit
