#include "handlers/command_codec.hpp"

#include <boost/pfr.hpp>
#include <doctest/doctest.h>

#include "handlers/domain.hpp"
#include "tests/handlers/rig.hpp"

using namespace pakashop;
using namespace pakashop::kit;

namespace {

/// Fills whatever a command is made of, each value unlike the one before.
class Filler {
public:
    template <class T>
    void fill(T& out) {
        if constexpr (std::same_as<T, bool>) {
            out = true;
        } else if constexpr (std::integral<T>) {
            out = static_cast<T>(100 + next() % 100);
        } else if constexpr (std::is_enum_v<T>) {
            out = static_cast<T>(1);
        } else if constexpr (std::same_as<T, std::string>) {
            out = "text " + std::to_string(next()) + " \" \\ \n \u0142";
        } else if constexpr (OneOf<T, Money, Rate>) {
            out = {next() * 1000 + 5};
        } else if constexpr (requires { out.data(), std::tuple_size<T>::value; }) {
            std::ranges::fill(out, static_cast<std::uint8_t>(next()));
        } else {
            fill_parts(out);
        }
    }

private:
    template <class T>
    void fill_parts(Sealed<T>& out) {
        T value{};
        fill(value);
        out = Sealed<T>{Subject{"usr_" + std::to_string(next()), SubjectClass::tax}, value};
    }
    template <class T>
    void fill_parts(std::optional<T>& out) {
        fill(out.emplace());
    }
    template <class T>
    void fill_parts(std::vector<T>& out) {
        for (int i = 0; i < 2; ++i) fill(out.emplace_back());
    }
    template <class T>
    void fill_parts(std::map<std::string, T>& out) {
        for (int i = 0; i < 2; ++i) fill(out["\"name\" " + std::to_string(next())]);
    }
    template <class... T>
    void fill_parts(std::variant<T...>& out) {
        out.template emplace<sizeof...(T) - 1>();
        fill(std::get<sizeof...(T) - 1>(out));
    }
    template <class T>
    void fill_parts(T& out) {
        boost::pfr::for_each_field(out, [this](auto& member) { this->fill(member); });
    }

    std::int64_t next() { return ++number_; }
    std::int64_t number_ = 0;
};

Command command_with(AnyCommand inner) {
    Command command;
    command.id = numbered_command(7);
    command.fingerprint = sha256("a body");
    command.key = "ord_1";
    command.to = {"order:ord_1", std::move(inner)};
    command.actor = somebody;
    command.trace = {"caused", "correlated", "traced"};
    command.now = noon;
    command.deadline = noon + seconds(2);
    command.fresh = true;
    return command;
}

/// One of every command there is, filled.
std::vector<Command> every_command() {
    std::vector<Command> out;
    Filler filler;
    const auto family = [&]<class... Each>(std::type_identity<std::variant<Each...>>) {
        const auto one = [&]<class Inner>(std::type_identity<Inner>) {
            Inner inner{};
            filler.fill(inner);
            out.push_back(command_with(AnyCommand{std::variant<Each...>{std::move(inner)}}));
        };
        (one(std::type_identity<Each>{}), ...);
    };
    const auto all = [&]<class... Families>(std::type_identity<std::variant<Families...>>) {
        (family(std::type_identity<Families>{}), ...);
    };
    all(std::type_identity<AnyCommand>{});
    return out;
}

}  // namespace

TEST_CASE("every command arrives as it was sent, and is not sent on") {
    const auto sent = every_command();
    CHECK(sent.size() > 80);
    const std::string text = encode_commands(sent);
    const auto arrived = decode_commands(text);
    REQUIRE(arrived.has_value());
    REQUIRE(arrived->size() == sent.size());
    CHECK(encode_commands(*arrived) == text);
    for (std::size_t i = 0; i < sent.size(); ++i) {
        const Command& command = (*arrived)[i];
        CHECK(name_of_command(command.to.command) == name_of_command(sent[i].to.command));
        CHECK(command.id == sent[i].id);
        CHECK(command.fingerprint == sent[i].fingerprint);
        CHECK(command.actor == sent[i].actor);
        CHECK(command.trace == sent[i].trace);
        CHECK(command.now == sent[i].now);
        CHECK(command.deadline == sent[i].deadline);
        CHECK(command.forwarded);
        CHECK_FALSE(command.fresh);
    }
}

// Nodes of two releases do not take each other's commands for what they are not.
TEST_CASE("the shape of the commands is that of their format") {
    const auto digest = to_hex(sha256(encode_commands(every_command())));
    INFO("a command changed: raise command_format, and pin what it is now");
    CHECK(command_format == 2);
    CHECK(digest == "afbfe39f52d54fded05d4eada6d2c8fd1771a8b33510b4d3e079468114a45e90");
}

TEST_CASE("what was cut, changed or is of another format is not taken for commands") {
    const std::string text = encode_commands(every_command());
    std::size_t refused = 0;
    for (std::size_t at = 1; at < text.size(); at += 997) {
        refused += !decode_commands(text.substr(0, at)).has_value();
    }
    CHECK(refused > 20);
    CHECK(refused == (text.size() + 995) / 997);
    CHECK_FALSE(decode_commands("").has_value());
    CHECK_FALSE(decode_commands("[]").has_value());
    CHECK_FALSE(decode_commands("{}").has_value());
    CHECK_FALSE(decode_commands("[99]").has_value());
    CHECK_FALSE(decode_commands("[2,[]]").has_value());
    CHECK_FALSE(decode_commands("[2,7]").has_value());
    CHECK(decode_commands("[2]").has_value());
}

TEST_CASE("an outcome arrives with what was committed") {
    ShardRig rig;
    const Answer committed = rig.answer(command_to<Product>(lamp.value, offer(lamp, 5), 1));
    const Answer refused{.kind = Answer::Kind::refused, .refusal = "out_of_stock"};
    const auto record = rig.log.record(0, committed.commit->seq);
    REQUIRE(record.has_value());
    const auto arrived = decode_outcomes(encode_outcomes({{committed, *record}, {refused, ""}}));
    REQUIRE(arrived.has_value());
    REQUIRE(arrived->size() == 2);
    const Answer& first = arrived->front();
    CHECK(first.kind == Answer::Kind::committed);
    REQUIRE(first.commit);
    CHECK(first.commit->hash == committed.commit->hash);
    CHECK(first.commit->seq == committed.commit->seq);
    CHECK(first.commit->events.size() == 1);
    CHECK(arrived->back().kind == Answer::Kind::refused);
    CHECK(arrived->back().refusal == "out_of_stock");
    CHECK_FALSE(decode_outcomes(encode_outcomes({{committed, record->substr(1)}})).has_value());
    CHECK_FALSE(decode_outcomes("[1,[0,true]]").has_value());
}
