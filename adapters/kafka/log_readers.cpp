#include "adapters/kafka/log_readers.hpp"

#include <thread>
#include <utility>

#include "adapters/kafka/fetching.hpp"

namespace pakashop::kafka {
namespace {

using Clock = std::chrono::steady_clock;

// A read looks up from waiting this often.
constexpr auto wait_step = std::chrono::milliseconds{100};
constexpr auto again_after = std::chrono::milliseconds{50};
// One that answers does so long before.
constexpr auto silent_after = std::chrono::milliseconds{300};

}  // namespace

/// Where a lane stands in one partition. Used by one read at a time.
struct LogReaders::Cursor {
    rd_kafka_t* client = nullptr;
    rd_kafka_topic_t* topic = nullptr;
    PartitionId partition = 0;
    bool started = false;       ///< It fetches.
    std::uint64_t next = 0;     ///< The offset of what comes next.
    bool at_end = false;        ///< The broker said that nothing lies at `next`.
    std::uint64_t settled = 0;  ///< The doubts before it last started.
    bool busy = false;
    std::uint64_t last_read = 0;  ///< When it was last used, in reads.

    bool stands_at(std::uint64_t offset) const { return started && next == offset; }

    // Messages fetched for another place are dropped by librdkafka.
    bool go_to(std::uint64_t offset) {
        if (stands_at(offset)) return true;
        stop();
        started = rd_kafka_consume_start(topic, partition, static_cast<std::int64_t>(offset)) == 0;
        next = offset;
        at_end = false;
        return started;
    }

    void stop() {
        if (std::exchange(started, false)) rd_kafka_consume_stop(topic, partition);
    }
};

struct LogReaders::Lane {
    Lane(Client made, Topic opened, std::size_t partitions)
        : client{std::move(made)}, topic{std::move(opened)}, cursors(partitions) {
        for (std::size_t i = 0; i < partitions; ++i) {
            cursors[i].client = client.get();
            cursors[i].topic = topic.get();
            cursors[i].partition = static_cast<PartitionId>(i);
        }
    }
    ~Lane() {
        for (Cursor& cursor : cursors) cursor.stop();
    }

    Client client;
    Topic topic;
    std::vector<Cursor> cursors;
};

/// One read by one cursor.
class LogReaders::Visit {
public:
    Visit(const ReaderOptions& options, KnownEnds& ends, Cursor& cursor)
        : options_{options}, ends_{ends}, cursor_{cursor} {}

    Result<std::vector<LogEntry>, LogFailure> read(std::uint64_t offset, std::size_t bytes_max) {
        settle_doubts();
        while (bytes_ < bytes_max || entries_.empty()) {
            if (!cursor_.go_to(offset)) return unexpected{LogFailure::unavailable};
            if (const Message message = next()) {
                if (const auto failed = take(*message)) return unexpected{*failed};
                offset = cursor_.next;
            } else if (!entries_.empty() || is_at_end()) {
                break;
            } else {
                find_leader();
            }
            if (entries_.empty() && Clock::now() > deadline_) return unexpected{failure()};
        }
        if (!entries_.empty()) ends_.raise(cursor_.partition, cursor_.next);
        return std::move(entries_);
    }

private:
    // Waits only for what must come.
    Message next() const {
        const bool waits = entries_.empty() && !is_at_end();
        const auto wait = waits ? static_cast<int>(wait_step.count()) : 0;
        return Message{rd_kafka_consume(cursor_.topic, cursor_.partition, wait)};
    }

    // Whoever was asked may hang, and others lead: a client goes on asking it until it is told.
    void find_leader() {
        if (Clock::now() < heard_ + silent_after) return;
        leaders_of(cursor_.client, cursor_.topic);
        heard_ = Clock::now();
    }

    std::optional<LogFailure> take(const rd_kafka_message_t& message) {
        out_of_range_ = out_of_range(message.err);
        if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) return take_record(message);
        if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            cursor_.at_end = true;
            return std::nullopt;
        }
        // What was read so far is whole; whoever reads on meets the error again.
        cursor_.stop();
        if (rotten(message.err)) return LogFailure::damaged;
        if (entries_.empty()) std::this_thread::sleep_for(again_after);
        return std::nullopt;
    }

    // Everything of a log has an offset of its own, and all of it is kept.
    std::optional<LogFailure> take_record(const rd_kafka_message_t& message) {
        const auto offset = static_cast<std::uint64_t>(message.offset);
        if (offset != cursor_.next) return LogFailure::damaged;
        cursor_.at_end = false;
        cursor_.next = offset + 1;
        bytes_ += message.len;
        entries_.push_back({offset, {static_cast<const char*>(message.payload), message.len}});
        return std::nullopt;
    }

    // After an append that nobody answered for, what the broker said before does not count: the
    // cursor starts anew, and its next answer is a new one, by whoever leads now.
    void settle_doubts() {
        const std::uint64_t doubts = ends_.doubts(cursor_.partition);
        if (std::exchange(cursor_.settled, doubts) == doubts) return;
        cursor_.stop();
        leaders_of(cursor_.client, cursor_.topic);
    }

    bool is_at_end() const { return cursor_.at_end && ends_.of(cursor_.partition) <= cursor_.next; }

    // What it means that nothing came for so long: the log may have become shorter.
    LogFailure failure() const {
        if (out_of_range_) return LogFailure::damaged;
        const auto end = options_.ask_end(cursor_.partition);
        const bool shorter = end && *end < ends_.of(cursor_.partition);
        return shorter ? LogFailure::damaged : LogFailure::unavailable;
    }

    const ReaderOptions& options_;
    KnownEnds& ends_;
    Cursor& cursor_;
    Clock::time_point heard_ = Clock::now();  ///< Of anybody.
    const Clock::time_point deadline_ = Clock::now() + options_.patience;
    std::vector<LogEntry> entries_;
    std::size_t bytes_ = 0;
    bool out_of_range_ = false;  ///< The last word of the broker.
};

LogReaders::LogReaders(ReaderOptions options, std::size_t partitions, KnownEnds& ends)
    : options_{std::move(options)}, partitions_{partitions}, ends_{ends} {}

LogReaders::~LogReaders() = default;

Result<std::vector<LogEntry>, LogFailure>
LogReaders::read(PartitionId partition, std::uint64_t offset, std::size_t bytes_max) {
    Cursor* cursor = borrow(partition, offset);
    if (!cursor) return unexpected{LogFailure::unavailable};
    auto entries = Visit{options_, ends_, *cursor}.read(offset, bytes_max);
    give_back(*cursor);
    return entries;
}

LogReaders::Cursor* LogReaders::borrow(PartitionId partition, std::uint64_t offset) {
    std::unique_lock lock{mutex_};
    while (true) {
        Cursor* cursor = choose(partition, offset);
        if (cursor) {
            cursor->busy = true;
            cursor->last_read = ++reads_;
            return cursor;
        }
        if (lanes_.empty()) return nullptr;
        given_back_.wait(lock);
    }
}

// One that stands there; else one that stands nowhere, in a new lane if need be; else the one that
// was not used for longest.
LogReaders::Cursor* LogReaders::choose(PartitionId partition, std::uint64_t offset) {
    Cursor* oldest = nullptr;
    Cursor* fresh = nullptr;
    for (const auto& lane : lanes_) {
        Cursor& cursor = lane->cursors.at(partition);
        if (cursor.busy) continue;
        if (cursor.stands_at(offset)) return &cursor;
        if (!cursor.started) fresh = &cursor;
        if (!oldest || cursor.last_read < oldest->last_read) oldest = &cursor;
    }
    if (fresh) return fresh;
    if (lanes_.size() < options_.lanes_max && add_lane()) {
        return &lanes_.back()->cursors.at(partition);
    }
    return oldest;
}

bool LogReaders::add_lane() {
    auto client = make_client(RD_KAFKA_CONSUMER, consumer_settings(options_.common));
    if (!client) return false;
    Topic topic{rd_kafka_topic_new(client->get(), options_.topic.c_str(), nullptr)};
    if (!topic) return false;
    lanes_.push_back(std::make_unique<Lane>(*std::move(client), std::move(topic), partitions_));
    return true;
}

void LogReaders::give_back(Cursor& cursor) {
    {
        const std::lock_guard lock{mutex_};
        cursor.busy = false;
    }
    given_back_.notify_all();
}

}  // namespace pakashop::kafka
