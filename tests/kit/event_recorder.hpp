#pragma once

#include <map>
#include <string>
#include <vector>

#include "events/any_event.hpp"
#include "handlers/ports/log.hpp"

namespace pakashop::kit {

/// An event on its stream.
struct StreamEvent {
    std::string stream;
    AnyEvent event;
};

/// Writes typed events into a log as leaders of all its partitions would: sealed, versioned,
/// chained. Commits wait in memory until `flush`.
class EventRecorder {
public:
    EventRecorder(Log& log, Vault& vault);

    /// One command's commit under `key`, at the recorder's time.
    void commit(const std::string& key, std::vector<StreamEvent> events);
    /// A record of an older log, carried over.
    void import(const std::string& key, std::string bytes);
    /// Writes what waits; whoever reads the log sees it from now on.
    void flush();

    Instant now() const { return now_; }
    void advance(Duration by) { now_ = now_ + by; }
    std::uint64_t events() const { return events_; }

private:
    struct Partition {
        Admission fold;
        Place known;
        std::vector<StagedRecord> staged;
    };

    void stage(Partition& partition, Record record);
    Record blank(const Partition& partition, PartitionId number) const;

    Log& log_;
    Vault& vault_;
    Instant now_{1'770'000'000'000};
    std::vector<Partition> partitions_;
    std::map<std::string, std::int64_t> versions_;
    std::uint64_t commands_ = 0;
    std::uint64_t events_ = 0;
};

}  // namespace pakashop::kit
