#include "handlers/import_child.hpp"

#include <algorithm>
#include <utility>

#include "handlers/process_place.hpp"

namespace pakashop {
namespace {

using Done = Result<void, CopyFailure>;
using Kind = CopyFailure::Kind;

constexpr std::size_t flush_records = 256;
constexpr std::size_t flush_bytes = 1024uz * 1024;

}  // namespace

ImportChild::ImportChild(const ImportOrder& order, PartitionId partition)
    : order_{&order},
      partition_{partition},
      reader_{order.target, partition},
      fold_{order.target.generation(), partition} {}

Done ImportChild::carry(const AdmittedRecord& old, bool acted) {
    const Record& record = *old.staged.record;
    if (!writing_) {
        const auto next = next_import();
        if (!next) return unexpected{next.error()};
        if (*next) {
            if ((*next)->staged.record->body != old.staged.bytes) {
                return foreign("an import of another record");
            }
            const AdmittedRecord there = reader_.take();
            note(there.staged.record->seq, acted);
            last_at_ = there.staged.record->at;
            return {};
        }
        if (whole_) return foreign("the end of a shorter import");
        if (auto begun = begin_writing(record.at); !begun) return begun;
    }
    note(end(), acted);
    return stage({RecordKind::import, record.key, record.at, old.staged.bytes});
}

Done ImportChild::finish() {
    if (!writing_) {
        const auto next = next_import();
        if (!next) return unexpected{next.error()};
        if (*next) return foreign("an import the old log does not have");
        if (whole_) return {};
        if (auto begun = begin_writing(last_at_); !begun) return begun;
    }
    const std::string place = encode_process_place(place_.value_or(end()));
    if (auto staged = stage({RecordKind::checkpoint, {}, last_at_, place}); !staged) return staged;
    if (auto staged = stage({RecordKind::resign, {}, last_at_, {}}); !staged) return staged;
    return flush();
}

void ImportChild::note(std::uint64_t seq, bool acted) {
    if (!acted && !place_) place_ = seq;
}

// Nothing at the end of the imports. What follows a whole one is the new log's own affair.
Result<const AdmittedRecord*, CopyFailure> ImportChild::next_import() {
    while (!whole_) {
        const auto next = reader_.peek();
        if (!next) return unexpected{damaged("the target", partition_, next.error())};
        if (!*next) return nullptr;
        const Record& record = *(*next)->staged.record;
        if (record.kind == RecordKind::import) return *next;
        if (auto passed = pass_over(record); !passed) return unexpected{passed.error()};
        reader_.take();
    }
    return nullptr;
}

// An import that was broken off and gone on with was announced more than once.
Done ImportChild::pass_over(const Record& record) {
    if (record.kind == RecordKind::announce) return {};
    const bool checkpoint = record.kind == RecordKind::checkpoint;
    if (checkpoint && record.body == order_->old_head) {
        named_ = true;
        return {};
    }
    if (!checkpoint || !named_ || !process_place_in(record)) {
        return foreign("what no import of this log has written");
    }
    whole_ = true;
    return {};
}

Done ImportChild::begin_writing(Instant at) {
    if (!order_->write) return foreign("no more of the import");
    last_at_ = std::max(last_at_, at);
    fold_ = Admission{order_->target.generation(), partition_, reader_.state()};
    const std::uint64_t epoch = fold_.epoch() + 1;
    // Of an unknown outcome reading tells, as it tells what lies before the announcement.
    const auto announced = append({{RecordKind::announce, {}, last_at_, {}}});
    if (!announced && announced.error().kind != Kind::unavailable) return announced;
    if (auto leads = read_own_announcement(epoch); !leads) return leads;
    fold_ = Admission{order_->target.generation(), partition_, reader_.state()};
    writing_ = true;
    if (named_) return {};
    return stage({RecordKind::checkpoint, {}, last_at_, order_->old_head});
}

// Anything else that turned up meanwhile has to be looked at from the beginning.
Done ImportChild::read_own_announcement(std::uint64_t epoch) {
    const auto next = reader_.peek();
    if (!next) return unexpected{damaged("the target", partition_, next.error())};
    if (!*next) return failed(AppendOutcome::unknown);
    const AdmittedRecord taken = reader_.take();
    const Record& record = *taken.staged.record;
    const bool own =
        record.kind == RecordKind::announce && record.node == order_->node && record.epoch == epoch;
    const auto behind = reader_.peek();
    if (!own || !behind || *behind) return failed(AppendOutcome::unknown);
    return {};
}

Done ImportChild::stage(Draft draft) {
    last_at_ = std::max(last_at_, draft.at);
    bytes_ += draft.body.size();
    drafts_.push_back(std::move(draft));
    if (drafts_.size() < flush_records && bytes_ < flush_bytes) return {};
    return flush();
}

Done ImportChild::flush() {
    bytes_ = 0;
    if (drafts_.empty()) return {};
    return append(std::exchange(drafts_, {}));
}

Done ImportChild::append(std::vector<Draft> drafts) {
    const Place known = fold_.place();
    PartitionBatch batch{partition_, {}, {}, {}};
    for (Draft& draft : drafts) {
        StagedRecord staged = record_of(std::move(draft), fold_, known);
        fold_.offer(*staged.record, staged.hash);
        if (auto place = process_place_in(*staged.record)) {
            batch.snapshots.push_back(*std::move(place));
        }
        batch.records.push_back(std::move(staged));
    }
    batch.after = fold_.state();
    const AppendOutcome outcome = order_->target.append({&batch, 1}).front();
    if (outcome != AppendOutcome::durable) return failed(outcome);
    if (order_->progress) order_->progress(batch.records.size());
    return {};
}

StagedRecord ImportChild::record_of(Draft draft, const Admission& fold, const Place& known) const {
    Record record;
    record.generation = order_->target.generation();
    record.partition = partition_;
    record.epoch = fold.epoch() + (draft.kind == RecordKind::announce ? 1 : 0);
    record.node = order_->node;
    record.seq = fold.place().seq;
    record.prev = fold.place().head;
    record.known = known;
    record.kind = draft.kind;
    record.key = std::move(draft.key);
    record.at = draft.at;
    record.body = std::move(draft.body);
    std::string bytes = encode_record(record);
    const Digest hash = hash_in(bytes);
    return {std::make_shared<const Record>(std::move(record)), std::move(bytes), hash};
}

unexpected<CopyFailure> ImportChild::foreign(std::string_view what) const {
    return unexpected{CopyFailure{
        Kind::foreign,
        "the target's partition " + std::to_string(partition_) + " holds at position " +
            std::to_string(reader_.state().place.seq) + " " + std::string{what}
    }};
}

unexpected<CopyFailure> ImportChild::failed(AppendOutcome outcome) const {
    const std::string where = "the target's partition " + std::to_string(partition_);
    if (outcome == AppendOutcome::storage_low) {
        return unexpected{CopyFailure{Kind::storage_low, where + " is short of space"}};
    }
    if (outcome == AppendOutcome::regressed) {
        return unexpected{
            CopyFailure{Kind::damaged, where + " lost records it had acknowledged; make it anew"}
        };
    }
    return unexpected{CopyFailure{
        Kind::unavailable, where + " takes no records; look after its brokers, and run this again"
    }};
}

}  // namespace pakashop
