#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "projections/ports/row_store.hpp"
#include "projections/public_event.hpp"

/// Where public events go, as the relay needs it. Kafka implements it, and memory.
namespace pakashop::model {

/// The last event that a partition of a family's topic holds.
struct PublishedEvent {
    EventPosition position;
    std::string id;
    friend bool operator==(const PublishedEvent&, const PublishedEvent&) = default;
};
/// By family; one that nothing was published of is not in it.
using PublishedEvents = std::map<std::string, PublishedEvent, std::less<>>;

/// How far a partition of the log is published: every event before the checkpoint, up to these.
struct EgressPlace {
    Checkpoint checkpoint;
    PublishedEvents last;
    friend bool operator==(const EgressPlace&, const EgressPlace&) = default;
};

/// What a sink found for one partition of the log.
struct SinkPartition {
    std::optional<EgressPlace> place;  ///< What was remembered last; nothing if never.
    PublishedEvents last;              ///< What the topics really end with.
    /// Families whose topic held events once and has none left: retention took them.
    std::vector<std::string> emptied;
};

/// Why a sink does not do what was asked.
struct SinkProblem {
    enum class Kind {
        away,    ///< Try again, from `open` on.
        refused  ///< It never will: its topics are not this log's. A person decides.
    };
    Kind kind = Kind::away;
    std::string reason;
};

/// Called by one thread, but for `interrupt`.
class EventSink {
public:
    virtual ~EventSink() = default;

    /// Connects anew, forgetting what was under way, makes the topics that are missing, and says
    /// how the topics of each partition end.
    virtual Result<std::vector<SinkPartition>, SinkProblem>
    open(std::string_view generation, std::uint32_t partitions) = 0;

    /// Publishes in this order and waits until all is durable. After a problem a part may be there:
    /// of each partition of a topic the first so many, without a gap.
    virtual Result<void, SinkProblem> publish(std::span<const PublicEvent> events) = 0;

    /// Remembers where publishing stands, for the next `open`, whoever calls it.
    virtual Result<void, SinkProblem>
    remember(std::string_view generation, std::span<const EgressPlace> places) = 0;

    /// Lets a call that waits end with a problem, now and from now on. From any thread.
    virtual void interrupt() = 0;
};

}  // namespace pakashop::model
