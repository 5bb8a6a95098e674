#include "adapters/kafka/producer.hpp"

#include <algorithm>
#include <utility>

namespace pakashop::kafka {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int listen_ms = 100;
// Behind librdkafka's own time-out, in case it has nothing to say.
constexpr auto report_wait = std::chrono::seconds{10};
constexpr auto slow_after = std::chrono::milliseconds{1000};
constexpr auto ask_again_after = std::chrono::milliseconds{500};
constexpr int purge_polls_max = 50;

// Nothing is ever sent again: what has no answer is settled by reading the log (2.4 step 6). A
// broker answers once the copies have it, or those that fell silent are given up; one that is
// itself silent is not waited for much longer than that.
Settings producer_settings(const Settings& common) {
    Settings settings = common;
    const Settings ours{
        {"message.send.max.retries", "0"},
        {"acks", "all"},
        {"linger.ms", "0"},
        {"request.timeout.ms", "5000"},
        {"socket.timeout.ms", "5000"},
        {"message.timeout.ms", "8000"},
        {"message.max.bytes", "2097152"},
        {"compression.codec", "none"},
    };
    settings.insert(settings.end(), ours.begin(), ours.end());
    return settings;
}

}  // namespace

Result<std::unique_ptr<Producer>, std::string>
Producer::make(const Settings& common, const std::string& topic, OnDelivered on_delivered) {
    std::unique_ptr<Producer> made{new Producer{common, topic, std::move(on_delivered)}};
    auto client = make_client(RD_KAFKA_PRODUCER, producer_settings(common), on_report, made.get());
    if (!client) return unexpected{std::move(client.error())};
    made->client_ = *std::move(client);
    made->topic_.reset(rd_kafka_topic_new(made->client_.get(), topic.c_str(), nullptr));
    if (!made->topic_) return unexpected{"no topic can be called " + topic};
    made->listener_ = std::thread{[producer = made.get()] { producer->listen(); }};
    return made;
}

Producer::~Producer() {
    stopping_ = true;
    if (listener_.joinable()) listener_.join();
}

Producer::Batch& Producer::add_batch(PartitionId partition, std::size_t records) {
    const std::lock_guard lock{mutex_};
    Batch& batch = batches_.emplace_back();
    batch.partition = partition;
    batch.reports.resize(records);
    batch.open = records;
    batch.sent = Clock::now();
    if (const auto known = leaders_.find(partition); known != leaders_.end()) {
        batch.leader = known->second;
    }
    for (std::size_t i = 0; i < records; ++i) batch.slots.push_back({&batch, i});
    return batch;
}

void Producer::send(PartitionId partition, std::span<const OutRecord> records) {
    Batch& batch = add_batch(partition, records.size());
    std::vector<rd_kafka_message_t> messages(records.size());
    std::vector<Slot*> slots;
    for (std::size_t i = 0; i < records.size(); ++i) {
        slots.push_back(&batch.slots[i]);
        const std::string& bytes = records[i].bytes;
        messages[i].payload = bytes.empty() ? nullptr : const_cast<char*>(bytes.data());
        messages[i].len = bytes.size();
        messages[i].key = const_cast<char*>(records[i].key.data());
        messages[i].key_len = records[i].key.size();
        messages[i]._private = slots[i];
    }
    const int count = static_cast<int>(messages.size());
    const int taken = rd_kafka_produce_batch(
        topic_.get(), partition, RD_KAFKA_MSG_F_COPY, messages.data(), count
    );
    if (taken == count) return;
    // Of these there will be no report; of a batch that was taken whole, `batch` may be gone.
    for (const rd_kafka_message_t& message : messages) {
        if (message.err) take_report(*static_cast<Slot*>(message._private), {});
    }
}

void Producer::on_report(rd_kafka_t*, const rd_kafka_message_t* message, void* self) {
    const bool stored = message->err == RD_KAFKA_RESP_ERR_NO_ERROR &&
                        rd_kafka_message_status(message) == RD_KAFKA_MSG_STATUS_PERSISTED;
    auto* producer = static_cast<Producer*>(self);
    producer->take_report(
        *static_cast<Slot*>(message->_private),
        {stored, message->offset},
        rd_kafka_message_broker_id(message)
    );
}

void Producer::take_report(const Slot& slot, const Report& report, std::int32_t broker) {
    const std::lock_guard lock{mutex_};
    Batch& batch = *slot.batch;
    if (report.acknowledged && broker >= 0) leaders_[batch.partition] = broker;
    if (!batch.told) batch.reports[slot.index] = report;
    --batch.open;
}

bool Producer::slow(Clock::time_point now) {
    const std::lock_guard lock{mutex_};
    return std::ranges::any_of(batches_, [now](const Batch& batch) {
        return !batch.told && now - batch.sent >= slow_after;
    });
}

// A slow disk and a broker that hangs look the same from here, but only the latter loses its
// partitions to others: what it was sent has no answer to wait for.
void Producer::ask_for_leaders(Clock::time_point now) {
    if (now - asked_ < ask_again_after || !slow(now)) return;
    const auto leaders = ask_leaders_anew(common_, topic_name_);
    asked_ = Clock::now();
    const std::lock_guard lock{mutex_};
    for (Batch& batch : batches_) {
        if (now - batch.sent < slow_after || batch.partition >= leaders.size()) continue;
        const std::int32_t leader = leaders[batch.partition];
        if (leader < 0) continue;
        batch.lost = batch.lost || batch.leader.value_or(leader) != leader;
        // Until librdkafka hears of the new one, what comes next goes to the old one too.
        if (!batch.lost) batch.leader = leaders_[batch.partition] = leader;
    }
}

// Tells of batches that are reported in full, and of those that waited long enough.
void Producer::tell(Clock::time_point now) {
    std::vector<std::pair<PartitionId, std::vector<Report>>> done;
    {
        const std::lock_guard lock{mutex_};
        for (auto batch = batches_.begin(); batch != batches_.end();) {
            const bool over = batch->open == 0 || batch->lost || now >= batch->sent + report_wait;
            if (over && !std::exchange(batch->told, true)) {
                done.emplace_back(batch->partition, batch->reports);
            }
            batch = batch->open == 0 ? batches_.erase(batch) : std::next(batch);
        }
    }
    for (const auto& [partition, reports] : done) on_delivered_(partition, reports);
}

bool Producer::idle() {
    const std::lock_guard lock{mutex_};
    return std::ranges::all_of(batches_, &Batch::told);
}

void Producer::listen() {
    while (!stopping_ && !(retired_ && idle())) {
        rd_kafka_poll(client_.get(), listen_ms);
        ask_for_leaders(Clock::now());
        tell(Clock::now());
    }
    rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    for (int i = 0; i < purge_polls_max && rd_kafka_outq_len(client_.get()) > 0; ++i) {
        rd_kafka_poll(client_.get(), 10);
    }
    tell(Clock::time_point::max());
    topic_.reset();
    client_.reset();
    ended_ = true;
}

}  // namespace pakashop::kafka
