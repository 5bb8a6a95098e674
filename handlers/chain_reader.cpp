#include "handlers/chain_reader.hpp"

#include <utility>

#include "events/kernel/require.hpp"

namespace pakashop {
namespace {

constexpr std::size_t read_bytes = 1024uz * 1024;

}  // namespace

ChainReader::ChainReader(Log& log, PartitionId partition)
    : log_{&log},
      partition_{partition},
      fold_{log.generation(), partition},
      state_{fold_.state()} {}

Result<const AdmittedRecord*, ChainProblem> ChainReader::peek() {
    while (!next_) {
        if (entries_.empty()) {
            const auto some = read_more();
            if (!some) return unexpected{some.error()};
            if (!*some) return nullptr;
        }
        if (auto wrong = decode_next()) return unexpected{*std::move(wrong)};
    }
    return &*next_;
}

AdmittedRecord ChainReader::take() {
    require(next_.has_value(), "a record is looked at before it is taken");
    AdmittedRecord record = *std::exchange(next_, std::nullopt);
    state_ = record.after;
    next_offset_ = record.offset + 1;
    return record;
}

Result<bool, ChainProblem> ChainReader::read_more() {
    auto read = log_->read(partition_, read_offset_, read_bytes);
    if (!read) return unexpected{problem(ChainFault::unreadable, read_offset_)};
    for (LogEntry& entry : *read) {
        if (entry.offset < read_offset_) {
            return unexpected{problem(ChainFault::offset_gap, entry.offset)};
        }
        read_offset_ = entry.offset + 1;
        entries_.push_back(std::move(entry));
    }
    return !entries_.empty();
}

// What is wrong with the next entry; it becomes the next record, unless it is void.
std::optional<ChainProblem> ChainReader::decode_next() {
    LogEntry entry = std::move(entries_.front());
    entries_.pop_front();
    auto decoded = decode_record(entry.bytes);
    if (!decoded) return problem(fault_of(decoded.error()), entry.offset);
    const Verdict verdict = fold_.offer(decoded->record, decoded->hash);
    if (verdict == Verdict::halt) return problem(fault_of(fold_.halted_because()), entry.offset);
    if (verdict == Verdict::voided) {
        if (log_->exclusive()) return problem(ChainFault::impossible_record, entry.offset);
        next_offset_ = entry.offset + 1;
        return std::nullopt;
    }
    auto record = std::make_shared<const Record>(std::move(decoded->record));
    next_.emplace(AdmittedRecord{
        {std::move(record), std::move(entry.bytes), decoded->hash}, entry.offset, fold_.state()
    });
    return std::nullopt;
}

ChainProblem ChainReader::problem(ChainFault fault, std::uint64_t offset) const {
    return {fault, offset, fold_.place().seq, {}};
}

}  // namespace pakashop
