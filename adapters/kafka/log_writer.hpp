#pragma once

#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "adapters/kafka/known_ends.hpp"
#include "adapters/kafka/producer.hpp"

namespace pakashop::kafka {

/// How a writer sends.
struct WriterOptions {
    Settings common;
    std::string topic;
    std::size_t producers = 1;  ///< Partitions are spread over so many.
    std::function<void(std::string_view problem)> on_failure;
};

/// Appends batches to a topic, one of a partition on the wire at a time (architecture 2.6).
///
/// A partition is written behind an announcement only: that one may come to lie anywhere at or
/// behind the end this process knows; what follows it must lie right behind it, record by record,
/// with nobody else's in between. Then whoever reads the announcement as admitted knows the same of
/// everything that was durable behind it. After any other outcome the partition takes nothing until
/// it is announced again, and that goes over a new producer; once it has regressed, nothing at all.
class LogWriter {
public:
    LogWriter(WriterOptions options, std::size_t partitions, KnownEnds& ends);
    /// What has no outcome yet comes to `unknown`.
    ~LogWriter();

    std::future<std::vector<AppendOutcome>> begin_append(std::span<const PartitionBatch> batches);
    /// As KafkaLog::continue_at.
    void continue_at(PartitionId number, std::uint64_t offset);

private:
    /// One call of begin_append.
    struct Call {
        std::promise<std::vector<AppendOutcome>> promise;
        std::vector<AppendOutcome> outcomes;
        std::size_t open = 0;
    };
    /// A batch that has no outcome yet.
    struct Waiting {
        std::shared_ptr<Call> call;
        std::size_t index = 0;
        bool announces = false;
        std::vector<OutRecord> records;
        std::size_t stored = 0;   ///< The first so many are durable.
        std::size_t on_wire = 0;  ///< So many behind those are under way.
    };
    struct Partition {
        std::deque<Waiting> waiting;        ///< The first one may be on the wire.
        std::optional<std::uint64_t> next;  ///< Where the next record must lie, once announced.
        AppendOutcome closed = AppendOutcome::unknown;  ///< The answer while it is not.
        Berth berth;                                    ///< Of what is on the wire.
        Producer* carrier = nullptr;                    ///< Who carries or carried it.
    };

    void advance(PartitionId number);
    std::optional<AppendOutcome> refusal(const Partition& partition) const;
    bool send_next(PartitionId number);
    void delivered(PartitionId number, std::span<const Report> reports);
    void stored(PartitionId number, std::uint64_t end);
    void failed(PartitionId number, AppendOutcome outcome);
    void finish(Partition& partition, AppendOutcome outcome);
    Producer* producer_of(PartitionId number);
    void retire(PartitionId number);
    void say(PartitionId number, AppendOutcome outcome);

    const WriterOptions options_;
    KnownEnds& ends_;
    std::mutex mutex_;
    std::vector<Partition> partitions_;
    bool stopping_ = false;
    std::vector<std::unique_ptr<Producer>> producers_;
    std::vector<std::unique_ptr<Producer>> retired_;
};

}  // namespace pakashop::kafka
