package onebot_test

import (
	"encoding/json"
	"fmt"

	"github.com/onebot-go/onebot"
)

func ExampleMessage() {
	m := onebot.Message{onebot.Reply("-2059187533"), onebot.At(10001), onebot.Text(" look"), onebot.Image(onebot.FileURL("https://example.com/a.png"))}
	b, err := json.Marshal(m[1])
	fmt.Println(m)
	fmt.Println(string(b), err)
	// Output:
	// [reply] @10001 look [image]
	// {"type":"at","data":{"qq":"10001"}} <nil>
}

func ExampleSegments() {
	m := onebot.ParseCQ("[CQ:image,file=a.png]and[CQ:image,file=b.png]")
	for image := range onebot.Segments[onebot.ImageSegment](m) {
		fmt.Println(image.File)
	}
	// Output:
	// a.png
	// b.png
}

func ExampleFormatCQ() {
	fmt.Println(onebot.FormatCQ(onebot.Message{onebot.At(10001), onebot.Text("[not a code]")}))
	// Output: [CQ:at,qq=10001]&#91;not a code&#93;
}
