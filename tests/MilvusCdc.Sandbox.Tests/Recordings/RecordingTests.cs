using MilvusCdc.Sandbox.Recordings;

namespace MilvusCdc.Sandbox.Tests.Recordings;

public sealed class RecordingTests
{
    [Fact]
    public void Open_takes_prefix_and_channels_from_the_data()
    {
        Recording recording = RecordingFolders.Open("kafka-2.3.5");

        Assert.Equal("s1", recording.RootPath);
        Assert.Equal("s1-replicate-msg", recording.ReplicateChannel);
        Assert.Equal(["s1-replicate-msg", "s1-rootcoord-dml_0", "s1-rootcoord-dml_1", "s1-rootcoord-dml_2", "s1-rootcoord-dml_3"], recording.Topics);
        Assert.Equal("r1", RecordingFolders.Open("kafka-2.3.5-restart").RootPath);
    }

    [Fact]
    public void Messages_are_all_there_with_headers_and_values()
    {
        Recording recording = RecordingFolders.Open("kafka-2.3.5");

        List<RecordedMessage> messages = [.. recording.Messages("s1-rootcoord-dml_0")];

        Assert.Equal(4731, messages.Count);
        Assert.Equal(Enumerable.Range(0, 4731).Select(offset => (long)offset), messages.Select(message => message.Offset));
        Assert.Equal("traceparent", Assert.Single(messages[0].Headers).Key);
        Assert.NotEmpty(messages[0].Value);
        Assert.Equal(4731 + 1367 + 1365 + 1212 + 22, recording.CountMessages());
    }

    [Fact]
    public void EtcdChanges_tell_puts_from_deletes()
    {
        List<EtcdChange> changes = [.. RecordingFolders.Open("kafka-2.3.5").EtcdChanges()];

        Assert.Equal(892, changes.Count);
        Assert.Equal(11, changes.Count(change => change.Value is null));
        Assert.True(changes.Zip(changes.Skip(1)).All(pair => pair.First.Mod <= pair.Second.Mod));
    }

    [Fact]
    public void SourceState_is_read_where_it_was_recorded()
    {
        Assert.Null(RecordingFolders.Open("kafka-2.3.5-restart").SourceState());
        var books = RecordingFolders.Open("kafka-2.3.5").SourceState()!["default/books"];
        Assert.Equal(["_default", "p1"], books.Partitions);
        Assert.Equal("v_idx(v)", Assert.Single(books.Indexes).ToString());
        Assert.Equal("Loaded", books.Load);
    }

    [Fact]
    public void A_folder_that_is_not_there_is_named()
    {
        RecordingException fault = Assert.Throws<RecordingException>(() => Recording.Open("/nowhere/at/all"));
        Assert.Equal("There is no folder /nowhere/at/all.", fault.Message);
    }

    [Theory]
    [InlineData("etcd-before.jsonl.gz")]
    [InlineData("etcd-watch.jsonl.gz")]
    [InlineData("etcd-after.jsonl.gz")]
    [InlineData("source-rows.json.gz")]
    public void A_missing_file_is_named(string file)
    {
        using RecordingFolders copy = RecordingFolders.Copy("kafka-2.3.5-restart");
        File.Delete(Path.Combine(copy.Folder, file));

        RecordingException fault = Assert.Throws<RecordingException>(() => Recording.Open(copy.Folder));

        Assert.Equal($"{copy.Folder} is no recording: the file {file} is missing.", fault.Message);
    }

    [Fact]
    public void A_recording_without_topics_is_none()
    {
        using RecordingFolders copy = RecordingFolders.Copy("kafka-2.3.5-restart");
        Directory.Delete(Path.Combine(copy.Folder, "topics"), recursive: true);

        Assert.EndsWith("topics/*.jsonl.gz is missing.", Assert.Throws<RecordingException>(() => Recording.Open(copy.Folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_line_is_named_with_file_and_number()
    {
        using RecordingFolders copy = RecordingFolders.Copy("kafka-2.3.5-restart");
        copy.Edit("topics/r1-rootcoord-dml_0.jsonl.gz", lines => lines.Select((line, index) => index == 41 ? line[..20] : line));
        Recording recording = Recording.Open(copy.Folder);

        RecordingException fault = Assert.Throws<RecordingException>(() => recording.Messages("r1-rootcoord-dml_0").Count());

        Assert.Contains("r1-rootcoord-dml_0.jsonl.gz line 42 is damaged", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_cut_short_is_named()
    {
        using RecordingFolders copy = RecordingFolders.Copy("kafka-2.3.5-restart");
        string path = Path.Combine(copy.Folder, "source-rows.json.gz");
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..100]);

        Assert.StartsWith($"{path} is damaged", Assert.Throws<RecordingException>(() => Recording.Open(copy.Folder).SourceRows()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_not_base64_are_named()
    {
        using RecordingFolders copy = RecordingFolders.Copy("kafka-2.3.5-restart");
        copy.Edit("etcd-after.jsonl.gz", lines => lines.Select((line, index) => index == 0 ? line.Replace("\"value\": \"", "\"value\": \"%%", StringComparison.Ordinal) : line));

        Assert.EndsWith("is not base64.", Assert.Throws<RecordingException>(() => Recording.Open(copy.Folder).EtcdAfter().Count()).Message, StringComparison.Ordinal);
    }
}
