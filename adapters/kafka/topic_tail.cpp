#include "adapters/kafka/topic_tail.hpp"

#include <utility>
#include <vector>

#include "adapters/kafka/fetching.hpp"

namespace pakashop::kafka {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int look_up_ms = 100;
constexpr auto again_after = std::chrono::milliseconds{50};
constexpr std::size_t told_at_once_max = 1000;

// Whenever so much is fetched ahead librdkafka 2.0.2 fetches nothing for a whole second: 300,000
// keys took 21 s with the bounds that readers of many partitions have, and 0.8 s with these.
Settings tail_settings(const Settings& common) {
    Settings settings = consumer_settings(common);
    settings.emplace_back("queued.max.messages.kbytes", "65536");
    settings.emplace_back("queued.min.messages", "1000000");
    return settings;
}

TailRecord record_of(const rd_kafka_message_t& message) {
    TailRecord record;
    record.offset = static_cast<std::uint64_t>(message.offset);
    record.key = {static_cast<const char*>(message.key), message.key_len};
    if (message.payload) {
        record.value.emplace(static_cast<const char*>(message.payload), message.len);
    }
    return record;
}

}  // namespace

Result<std::unique_ptr<TopicTail>, std::string>
TopicTail::start(TailOptions options, OnRecords on_records, OnProblem on_problem) {
    std::unique_ptr<TopicTail> tail{
        new TopicTail{std::move(options), std::move(on_records), std::move(on_problem)}
    };
    auto client = make_client(RD_KAFKA_CONSUMER, tail_settings(tail->options_.common));
    if (!client) return unexpected{std::move(client.error())};
    tail->client_ = *std::move(client);
    const std::string& name = tail->options_.topic;
    tail->topic_.reset(rd_kafka_topic_new(tail->client_.get(), name.c_str(), nullptr));
    if (!tail->topic_) return unexpected{"no topic can be called " + name};
    tail->thread_ = std::thread{[followed = tail.get()] { followed->run(); }};
    return tail;
}

TopicTail::TopicTail(TailOptions options, OnRecords on_records, OnProblem on_problem)
    : options_{std::move(options)},
      on_records_{std::move(on_records)},
      on_problem_{std::move(on_problem)} {}

TopicTail::~TopicTail() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
}

bool TopicTail::wait_for(std::uint64_t offset, Clock::time_point deadline) {
    std::unique_lock lock{mutex_};
    changed_.wait_until(lock, deadline, [&] { return position_ >= offset || problem_; });
    return position_ >= offset && !problem_;
}

std::uint64_t TopicTail::position() const {
    const std::lock_guard lock{mutex_};
    return position_;
}

std::optional<std::string> TopicTail::problem() const {
    const std::lock_guard lock{mutex_};
    return problem_;
}

void TopicTail::give_up(const std::string& problem) {
    {
        const std::lock_guard lock{mutex_};
        if (problem_) return;
        problem_ = problem;
    }
    changed_.notify_all();
    if (on_problem_) on_problem_(problem);
}

void TopicTail::run() {
    while (!stopping_ && !problem()) {
        follow();
        read_on();
    }
    stop();
}

// From offset 0 and not from whatever is the first: nothing may have been cut off there, and a
// compacted topic answers 0 with what is left.
void TopicTail::follow() {
    if (following_) return;
    const auto from = static_cast<std::int64_t>(position());
    following_ = rd_kafka_consume_start(topic_.get(), options_.partition, from) == 0;
    if (!following_) std::this_thread::sleep_for(again_after);
}

void TopicTail::stop() {
    if (std::exchange(following_, false)) rd_kafka_consume_stop(topic_.get(), options_.partition);
}

// What has been fetched is told at once, so that whoever waits is woken once.
void TopicTail::read_on() {
    std::vector<Message> messages;
    int wait_ms = look_up_ms;
    while (following_ && messages.size() < told_at_once_max) {
        Message message{rd_kafka_consume(topic_.get(), options_.partition, wait_ms)};
        if (!message) break;
        wait_ms = 0;
        if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            messages.push_back(std::move(message));
            continue;
        }
        tell(messages);
        messages.clear();
        take_error(*message);
    }
    tell(messages);
}

void TopicTail::tell(std::span<const Message> messages) {
    if (messages.empty() || problem()) return;
    std::vector<TailRecord> records;
    for (const Message& message : messages) records.push_back(record_of(*message));
    if (const auto problem = on_records_(records)) {
        return give_up("topic " + options_.topic + ": " + *problem);
    }
    advance(records.back().offset + 1);
}

void TopicTail::take_error(const rd_kafka_message_t& error) {
    if (error.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        return advance(static_cast<std::uint64_t>(error.offset));
    }
    stop();
    const std::string place = options_.topic + " at offset " + std::to_string(position());
    if (rotten(error.err)) return give_up("topic " + place + " is damaged");
    if (out_of_range(error.err)) {
        const auto now = Clock::now();
        if (!out_of_range_since_) out_of_range_since_ = now;
        if (now - *out_of_range_since_ > options_.patience) {
            return give_up("topic " + place + " has been cut");
        }
    }
    std::this_thread::sleep_for(again_after);
}

// The end of a partition may lie behind its last record, which may have been compacted away.
void TopicTail::advance(std::uint64_t position) {
    out_of_range_since_.reset();
    {
        const std::lock_guard lock{mutex_};
        if (position > position_) position_ = position;
    }
    changed_.notify_all();
}

}  // namespace pakashop::kafka
