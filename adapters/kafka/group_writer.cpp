#include "adapters/kafka/group_writer.hpp"

#include <algorithm>
#include <limits>

namespace pakashop::kafka {
namespace {

constexpr std::size_t batch_records_max = 1000;
constexpr std::size_t posts_waiting_max = 1000;

std::optional<std::uint64_t> outcome_of(std::span<const Report> reports) {
    const bool stored = std::ranges::all_of(reports, [](const Report& report) {
        return report.acknowledged && report.offset >= 0;
    });
    if (reports.empty() || !stored) return std::nullopt;
    return static_cast<std::uint64_t>(std::ranges::max(reports, {}, &Report::offset).offset);
}

}  // namespace

Result<std::unique_ptr<GroupWriter>, std::string>
GroupWriter::make(const Settings& common, const std::string& topic, PartitionId partition) {
    std::unique_ptr<GroupWriter> made{new GroupWriter{partition}};
    auto producer = Producer::make(
        common,
        topic,
        [writer = made.get()](PartitionId, std::span<const Report> reports) {
            writer->on_delivered(reports);
        }
    );
    if (!producer) return unexpected{std::move(producer.error())};
    made->producer_ = *std::move(producer);
    return made;
}

GroupWriter::~GroupWriter() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    producer_.reset();
}

std::optional<std::uint64_t>
GroupWriter::write(std::vector<OutRecord> records, std::chrono::steady_clock::time_point deadline) {
    const auto order = enqueue(std::move(records), std::numeric_limits<std::size_t>::max());
    auto outcome = order->outcome.get_future();
    if (outcome.wait_until(deadline) == std::future_status::ready) return outcome.get();
    cancel(order);
    return std::nullopt;
}

void GroupWriter::post(std::vector<OutRecord> records) {
    (void)enqueue(std::move(records), posts_waiting_max);
}

std::shared_ptr<GroupWriter::Order>
GroupWriter::enqueue(std::vector<OutRecord> records, std::size_t waiting_max) {
    auto order = std::make_shared<Order>();
    order->records = std::move(records);
    const std::lock_guard lock{mutex_};
    if (waiting_.size() >= waiting_max) return order;
    waiting_.push_back(order);
    send_waiting();
    return order;
}

// What is under way cannot be called back.
void GroupWriter::cancel(const std::shared_ptr<Order>& order) {
    const std::lock_guard lock{mutex_};
    std::erase(waiting_, order);
}

// With the lock held. An order is never split.
void GroupWriter::send_waiting() {
    if (stopping_ || !under_way_.empty() || waiting_.empty()) return;
    std::vector<OutRecord> batch;
    while (!waiting_.empty() && batch.size() < batch_records_max) {
        std::vector<OutRecord>& records = waiting_.front()->records;
        batch.insert(batch.end(), records.begin(), records.end());
        under_way_.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
    }
    ++batches_;
    producer_->send(partition_, batch);
}

void GroupWriter::on_delivered(std::span<const Report> reports) {
    const std::lock_guard lock{mutex_};
    for (const auto& order : under_way_) {
        const std::size_t count = order->records.size();
        order->outcome.set_value(outcome_of(reports.first(count)));
        reports = reports.subspan(count);
    }
    under_way_.clear();
    send_waiting();
}

}  // namespace pakashop::kafka
