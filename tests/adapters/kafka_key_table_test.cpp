#include <map>
#include <random>

#include <doctest/doctest.h>

#include "adapters/kafka/key_import.hpp"
#include "adapters/kafka/key_table.hpp"
#include "adapters/kafka/key_topic.hpp"

/// What a topic of keys means, without a broker.
namespace pakashop::kafka {
namespace {

using Kind = KeyRecordName::Kind;

struct Line {
    KeyRecordName name;
    std::optional<std::string> value;
};
using Lines = std::vector<Line>;

const std::string person = "usr_1/person";

Line key_line(std::uint32_t number, std::uint64_t mark, std::string subject = person) {
    return {{Kind::key, std::move(subject), number, mark}, "w" + std::to_string(mark)};
}
Line end_line(std::uint32_t number, std::uint64_t mark, std::string subject = person) {
    return {{Kind::end, std::move(subject), number, mark}, std::string{end_value}};
}
Line taken_back(const Line& line) { return {line.name, std::nullopt}; }

void read(KeyTable& table, const Lines& lines) {
    for (const Line& line : lines) {
        const auto problem = table.apply(line.name.text(), line.value);
        CHECK_MESSAGE(!problem, *problem);
    }
}

KeyTable table_of(const Lines& lines) {
    KeyTable table;
    read(table, lines);
    return table;
}

bool same(const KeyTable::Entry& a, const KeyTable::Entry& b) {
    return a.number == b.number && a.wrapped == b.wrapped && a.mark == b.mark && a.lost == b.lost;
}

TEST_CASE("record names are pinned for ever") {
    const std::uint64_t mark = 0x00ab'cdef'0123'4567;
    const KeyRecordName about{Kind::about, {}, 0, mark};
    const KeyRecordName key{Kind::key, "usr_1/person", 2, mark};
    const KeyRecordName end{Kind::end, "a:b#c/tax", 4'294'967'295, 1};
    CHECK(about.text() == "about:00abcdef01234567");
    CHECK(key.text() == "key:usr_1/person#2:00abcdef01234567");
    CHECK(end.text() == "end:a:b#c/tax#4294967295:0000000000000001");
    const KeyRecordName copying{Kind::copying, "pakashop-1", 0, mark};
    CHECK(copying.text() == "copying:pakashop-1:00abcdef01234567");
    for (const KeyRecordName& name : {about, key, end, copying}) {
        CHECK(parse_key_record_name(name.text()) == name);
    }
    CHECK(about_value("f00d") == "1 f00d");
    CHECK(master_key_in("1 f00d") == "f00d");
    CHECK_FALSE(master_key_in("2 f00d"));
}

TEST_CASE("what is no record name is not taken for one") {
    for (const char* text :
         {"",
          "about",
          "about:123",
          "key:usr_1/person#1",
          "key:usr_1/person#0:00abcdef01234567",
          "key:usr_1/person#4294967296:00abcdef01234567",
          "key:usr_1/person#1x:00abcdef01234567",
          "key:usr_1/person:00abcdef01234567",
          "key:usr_1/person#1:00abcdef0123456g",
          "kez:usr_1/person#1:00abcdef01234567"}) {
        INFO(text);
        CHECK_FALSE(parse_key_record_name(text));
        CHECK(KeyTable{}.apply(text, "1"));
    }
}

TEST_CASE("of two keys of one number the first counts, and the other is litter") {
    KeyTable table = table_of({key_line(1, 7), key_line(1, 8)});
    CHECK(table.of(person).wrapped == "w7");
    CHECK(table.litter() == std::vector{key_line(1, 8).name.text()});
    CHECK(table.litter(key_names_of("usr_2/person")).empty());
    read(table, {taken_back(key_line(1, 8))});
    CHECK(table.litter().empty());
    CHECK(table.of(person).wrapped == "w7");
}

TEST_CASE("an end is final: keys of its number that come later are void") {
    const KeyTable table = table_of({key_line(1, 7), end_line(1, 9), key_line(1, 8)});
    CHECK(table.of(person).number == 1);
    CHECK_FALSE(table.of(person).alive());
    CHECK(table.litter().size() == 2);
    CHECK(table_of({end_line(1, 9), key_line(1, 8), key_line(2, 3)}).of(person).wrapped == "w3");
}

TEST_CASE("an end of an earlier number does not touch a later key") {
    const KeyTable table =
        table_of({key_line(1, 7), end_line(1, 9), key_line(2, 8), end_line(1, 5)});
    CHECK(table.of(person).number == 2);
    CHECK(table.of(person).wrapped == "w8");
}

TEST_CASE("a record that was stored twice is not void") {
    CHECK(table_of({key_line(1, 7), key_line(1, 7)}).litter().empty());
}

TEST_CASE("a key that counts and was taken back is lost, neither destroyed nor to be made again") {
    KeyTable table = table_of({key_line(1, 7), taken_back(key_line(1, 7)), key_line(1, 8)});
    CHECK(table.of(person).lost);
    CHECK(table.of(person).number == 1);
    read(table, {end_line(1, 9)});
    CHECK_FALSE(table.of(person).lost);
}

TEST_CASE("the first master key counts") {
    const KeyRecordName first{Kind::about, {}, 0, 1};
    const KeyRecordName second{Kind::about, {}, 0, 2};
    KeyTable table = table_of({{first, "1 aa"}, {second, "1 bb"}});
    CHECK(table.master_key_id() == "aa");
    CHECK(table.litter() == std::vector{second.text()});
    CHECK(table.apply(first.text(), std::nullopt));
    CHECK(KeyTable{}.apply(first.text(), "2 aa"));
    CHECK(KeyTable{}.apply(first.text(), ""));
}

// Nodes that make, destroy and take back keys by the rules, each with its own view of one topic in
// which records land late, in any order, or never.
class Nodes {
public:
    explicit Nodes(std::uint64_t seed) : random_{seed} {}

    Lines run(int steps) {
        while (steps-- > 0) {
            Node& node = nodes_[below(nodes_.size())];
            switch (below(4)) {
                case 0:
                    read_on(node);
                    break;
                case 1:
                    act(node);
                    break;
                default:
                    land();
                    break;
            }
        }
        return topic_;
    }

private:
    struct Node {
        KeyTable table;
        std::size_t position = 0;
    };

    std::size_t below(std::size_t limit) { return random_() % limit; }

    void read_on(Node& node) {
        const std::size_t until = node.position + below(topic_.size() - node.position + 1);
        for (; node.position < until; ++node.position) {
            read(node.table, {topic_[node.position]});
        }
    }

    void act(Node& node) {
        const std::string subject =
            std::string{"usr_"} + static_cast<char>('a' + below(3)) + "/tax";
        const auto known = node.table.of(subject);
        if (known.alive()) use(subject, known);
        if (!known.alive()) {
            sent_.push_back(key_line(known.number + 1, ++mark_, subject));
        } else if (below(3) == 0) {
            sent_.push_back(end_line(known.number, ++mark_, subject));
        }
        for (const std::string& name : node.table.litter(key_names_of(subject))) {
            sent_.push_back({*parse_key_record_name(name), std::nullopt});
        }
    }

    // Nobody ever uses another key of that number.
    void use(const std::string& subject, const KeyTable::Entry& key) {
        const auto used = used_.emplace(numbered(subject, key.number), key.wrapped).first;
        CHECK(used->second == key.wrapped);
    }

    void land() {
        if (sent_.empty()) return;
        std::swap(sent_[below(sent_.size())], sent_.back());
        if (below(10) > 0) topic_.push_back(sent_.back());
        sent_.pop_back();
    }

    std::mt19937_64 random_;
    std::vector<Node> nodes_{3};
    Lines topic_;
    Lines sent_;
    std::uint64_t mark_ = 0;
    std::map<std::string, std::string> used_;
};

// Of what lies below `until`, the last record of each name.
Lines compacted(const Lines& lines, std::size_t until, bool forget_deletions) {
    std::map<std::string, std::size_t> last;
    for (std::size_t i = 0; i < until; ++i) last[lines[i].name.text()] = i;
    Lines out;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const bool older = i < until && last[lines[i].name.text()] != i;
        const bool deletion = i < until && forget_deletions && !lines[i].value;
        if (!older && !deletion) out.push_back(lines[i]);
    }
    return out;
}

TEST_CASE("everyone reads the same keys, however much was compacted before") {
    int removed = 0;
    int destroyed = 0;
    for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
        INFO("seed ", seed);
        const Lines lines = Nodes{seed}.run(150);
        const std::size_t until = lines.empty() ? 0 : seed * 7919 % (lines.size() + 1);
        const KeyTable whole = table_of(lines);
        const Lines once = compacted(lines, until, seed % 2 == 0);
        for (const Lines& kept : {once, compacted(once, once.size() / 2, true)}) {
            removed += static_cast<int>(lines.size() - kept.size());
            const KeyTable table = table_of(kept);
            for (const char* subject : {"usr_a/tax", "usr_b/tax", "usr_c/tax"}) {
                const auto entry = whole.of(subject);
                destroyed += entry.number > 0 && !entry.alive();
                CHECK_FALSE(entry.lost);
                CHECK(same(table.of(subject), entry));
            }
        }
    }
    MESSAGE(removed << " records were compacted away, " << destroyed << " keys stood destroyed");
    CHECK(removed > 10'000);
    CHECK(destroyed > 1000);
}

TopicState good_topic() { return {1, 3, key_settings_for(3, false)}; }

TEST_CASE("a new topic has no faults; one that forgets keys, or keeps destroyed ones, is unfit") {
    CHECK(key_faults_of(good_topic()).unfit.empty());
    CHECK(key_faults_of(good_topic()).weak.empty());
    for (const auto& [name, value] :
         {std::pair{"cleanup.policy", "delete"},
          std::pair{"cleanup.policy", "compact,delete"},
          std::pair{"retention.ms", "604800000"},
          std::pair{"retention.bytes", "1"},
          std::pair{"max.compaction.lag.ms", "9223372036854775807"}}) {
        TopicState topic = good_topic();
        topic.settings[name] = value;
        INFO(name);
        CHECK(key_faults_of(topic).unfit.size() == 1);
    }
    TopicState alone{1, 1, key_settings_for(1, false)};
    CHECK(key_faults_of(alone).unfit.empty());
    CHECK_FALSE(key_faults_of(alone).weak.empty());
}

TEST_CASE("a log is being copied until every mark that says so is taken back") {
    const Line first{{Kind::copying, "pakashop-1", 0, 1}, "rocksdb:/var/log"};
    const Line second{{Kind::copying, "pakashop-1", 0, 2}, "rocksdb:/var/log"};
    KeyTable table = table_of({first, second});
    CHECK(table.copied_from("pakashop-1") == "rocksdb:/var/log");
    CHECK(table.copied_from("pakashop-2") == std::nullopt);
    CHECK(table.copied_from("pakashop") == std::nullopt);
    CHECK(table.copy_marks("pakashop-1").size() == 2);
    read(table, {taken_back(first)});
    CHECK(table.copied_from("pakashop-1").has_value());
    read(table, {taken_back(second)});
    CHECK(table.copied_from("pakashop-1") == std::nullopt);
    CHECK(table.apply("copying::0000000000000001", "x").has_value());
}

// The table once it has read what an import writes.
Result<KeyTable, std::string> imported(KeyTable table, const std::vector<WrappedKey>& keys) {
    const auto missing = missing_keys(table, keys, 77);
    if (!missing) return unexpected{missing.error()};
    for (const OutRecord& record : *missing) {
        CHECK_FALSE(table.apply(record.key, record.bytes).has_value());
    }
    CHECK(missing_keys(table, keys, 78)->empty());
    return table;
}

TEST_CASE("keys of another store come in as they are, and a destroyed one stays destroyed") {
    const std::vector<WrappedKey> keys{
        {"usr_1/person", 1, "one"}, {"usr_2/person", 3, "two"}, {"usr_3/tax", 2, ""}
    };
    const auto table = imported({}, keys);
    REQUIRE(table.has_value());
    std::vector<WrappedKey> there;
    for (const auto& [subject, entry] : table->all()) {
        there.push_back(wrapped_key_of(subject, entry));
    }
    CHECK(there == keys);
    CHECK(digest_of(there) == digest_of(keys));
    CHECK(digest_of(there) != digest_of(std::span{keys}.first(2)));
    CHECK(table->of("usr_3/tax").number == 2);
    CHECK_FALSE(table->of("usr_3/tax").alive());
}

TEST_CASE("an import that was broken off goes on with what its source is by now") {
    const auto first = imported({}, {{person, 1, "one"}, {"usr_2/person", 1, "two"}});
    REQUIRE(first.has_value());
    const auto second = imported(*first, {{person, 1, ""}, {"usr_2/person", 2, "next"}});
    REQUIRE(second.has_value());
    CHECK_FALSE(second->of(person).alive());
    CHECK(second->of("usr_2/person").wrapped == "next");
}

TEST_CASE("another key of the same number, a later or a destroyed one is not replaced") {
    const auto table = imported({}, {{person, 2, "one"}, {"usr_2/person", 1, ""}});
    REQUIRE(table.has_value());
    CHECK(imported(*table, {{person, 2, "other"}}).error() == person);
    CHECK(imported(*table, {{person, 1, "one"}}).error() == person);
    CHECK(imported(*table, {{"usr_2/person", 1, "alive"}}).error() == "usr_2/person");
}

}  // namespace
}  // namespace pakashop::kafka
