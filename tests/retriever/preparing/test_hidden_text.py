"""What a page has and its reader does not see is no part of the ad."""

import pytest

from isco.retriever.preparing.plain_text import plain_text


@pytest.mark.parametrize(
    "hidden",
    [
        "<!-- secret -->",
        '<img alt="secret" title="secret" src="x.png">',
        '<input type="hidden" value="secret">',
        '<meta name="description" content="secret">',
        "<script>secret</script>",
        "<template>secret</template>",
        "<p hidden>secret</p>",
        '<p style="display:none">secret</p>',
        '<p style="Display : None !important">secret</p>',
        '<p style="visibility:hidden">secret</p>',
        '<p style="font-size:0">secret</p>',
        '<p style="font-size: 0.01em">secret</p>',
        '<p style="font-size:1px">secret</p>',
        '<p style="opacity: 0">secret</p>',
        '<p style="position:absolute; left:-9999px">secret</p>',
        '<p style="text-indent:-1000px">secret</p>',
        '<p style="height:0;overflow:hidden">secret</p>',
        '<p style="color:white">secret</p>',
        '<p style="color:#fff">secret</p>',
        '<p style="color:rgb(255, 255, 255)">secret</p>',
        '<p style="color:transparent">secret</p>',
        '<p style="background:#123456;color:#123456">secret</p>',
        '<div style="background:black"><b style="color:#000">secret</b></div>',
        '<font color="white">secret</font>',
        '<p class="sr-only">secret</p>',
        "<style>.x, .y { font-size: 0 }</style><p class='y'>secret</p>",
        "<style>#z{display:none}</style><div><p id='z'><b>sec</b>ret</p></div>",
    ],
)
def test_what_is_hidden_is_gone_and_what_follows_it_stays(hidden):
    assert plain_text(f"<p>Cook</p>{hidden} for <b>our</b> school").split() == [
        "Cook", "for", "our", "school",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "html",
    [
        '<div style="background:#003366"><p style="color:white">Cook</p></div>',
        '<div style="background-color:navy;color:#fff">Cook</div>',
        '<table bgcolor="#000080"><tr><td><font color="white">Cook</font></td></tr></table>',
        '<p style="opacity:0.9; font-size:10px">Cook</p>',
        '<p style="margin-left:-5px;height:100px;overflow:hidden">Cook</p>',
        '<p style="border-color:white">Cook</p>',
        '<p style="font-size:0.9em">Cook</p>',
        "<details><summary>Cook</summary></details>",
        '<div style="display:none">Cook</div>',
        '<div style="opacity:0"><p>Cook</p></div>',
    ],
)
def test_what_a_reader_sees_and_a_page_that_would_be_empty_stay(html):
    assert plain_text(html) == "Cook"
