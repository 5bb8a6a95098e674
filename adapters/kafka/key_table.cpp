#include "adapters/kafka/key_table.hpp"

#include <algorithm>

namespace pakashop::kafka {
namespace {

using Kind = KeyRecordName::Kind;

bool is_current(const KeyRecordName& name, const KeyTable::Entry& entry) {
    return entry.alive() && entry.number == name.number && entry.mark == name.mark;
}

}  // namespace

std::optional<std::string>
KeyTable::apply(std::string_view name, std::optional<std::string_view> value) {
    const auto parsed = parse_key_record_name(name);
    if (!parsed) return "no record of keys is called '" + std::string{name} + "'";
    if (!value) return take_back(*parsed);
    if (value->empty()) return std::string{name} + " has an empty value";
    switch (parsed->kind) {
        case Kind::about:
            return take_about(*parsed, *value);
        case Kind::key:
            take_key(*parsed, *value);
            break;
        case Kind::end:
            take_end(*parsed);
            break;
        case Kind::copying:
            copies_.emplace(name, *value);
            break;
    }
    return std::nullopt;
}

std::optional<std::string> KeyTable::take_about(const KeyRecordName& name, std::string_view value) {
    auto id = master_key_in(value);
    if (!id) return "the topic is of another format: '" + std::string{value} + "'";
    if (master_key_id_) {
        if (name.mark != about_mark_) litter_.insert(name.text());
        return std::nullopt;
    }
    master_key_id_ = std::move(id);
    about_mark_ = name.mark;
    return std::nullopt;
}

void KeyTable::take_key(const KeyRecordName& name, std::string_view wrapped) {
    Entry& known = entries_[name.subject];
    if (name.number > known.number) {
        discard(name.subject, known);
        known = {name.number, std::string{wrapped}, name.mark};
        return;
    }
    // A record that a broker stored twice is not void.
    if (!is_current(name, known)) litter_.insert(name.text());
}

void KeyTable::take_end(const KeyRecordName& name) {
    Entry& known = entries_[name.subject];
    if (name.number < known.number) return;
    discard(name.subject, known);
    known = {name.number, {}, 0};
}

std::optional<std::string> KeyTable::take_back(const KeyRecordName& name) {
    const bool about = name.kind == Kind::about && master_key_id_ && about_mark_ == name.mark;
    if (about || name.kind == Kind::end) return "somebody has deleted " + name.text();
    if (name.kind == Kind::copying) {
        copies_.erase(name.text());
        return std::nullopt;
    }
    litter_.erase(name.text());
    const auto found = entries_.find(name.subject);
    if (found == entries_.end() || !is_current(name, found->second)) return std::nullopt;
    found->second.wrapped.clear();
    found->second.lost = true;
    return std::nullopt;
}

void KeyTable::discard(const std::string& subject, const Entry& entry) {
    if (!entry.alive()) return;
    litter_.insert(KeyRecordName{Kind::key, subject, entry.number, entry.mark}.text());
}

KeyTable::Entry KeyTable::of(std::string_view subject) const {
    const auto found = entries_.find(subject);
    return found == entries_.end() ? Entry{} : found->second;
}

std::optional<std::string> KeyTable::copied_from(std::string_view generation) const {
    const auto marks = copy_marks(generation);
    return marks.empty() ? std::nullopt : std::optional{copies_.at(marks.front())};
}

std::vector<std::string> KeyTable::copy_marks(std::string_view generation) const {
    std::vector<std::string> out;
    for (const auto& [name, from] : copies_) {
        if (parse_key_record_name(name)->subject == generation) out.push_back(name);
    }
    return out;
}

std::vector<KeyTable::Numbered> KeyTable::all() const {
    std::vector<Numbered> out;
    for (const auto& [subject, entry] : entries_) {
        if (entry.number > 0) out.push_back({subject, entry});
    }
    std::ranges::sort(out, {}, &Numbered::subject);
    return out;
}

std::vector<std::string> KeyTable::litter(std::string_view beginning) const {
    std::vector<std::string> out;
    for (auto at = litter_.lower_bound(beginning);
         at != litter_.end() && at->starts_with(beginning);
         ++at) {
        out.push_back(*at);
    }
    return out;
}

}  // namespace pakashop::kafka
